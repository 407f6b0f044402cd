"""What matters: which unknown drives the answer, where deterrence fails, which policy is regretted least."""

from halys.importance.solve import Importance, Plan, default_importance_folder, plan_importance, run_importance

__all__ = ["Importance", "Plan", "default_importance_folder", "plan_importance", "run_importance"]
