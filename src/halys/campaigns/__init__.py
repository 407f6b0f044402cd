"""The campaign of a scenario: solved, simulated and described (`halys.futures.campaign` has the game on arrays)."""

from halys.campaigns.record import PATHS, SEED, CampaignRecord, run_campaign

__all__ = ["PATHS", "SEED", "CampaignRecord", "run_campaign"]
