"""Results of a scenario live in `halys.answer.results`."""

from halys.answer.results import OUTSIDERS as OUTSIDERS
from halys.answer.results import Kept as Kept
from halys.answer.results import collect_results as collect_results
from halys.answer.results import describe_history as describe_history
from halys.answer.results import exposed_actors as exposed_actors
from halys.answer.results import reduce_outcome as reduce_outcome
from halys.answer.results import select_history as select_history
from halys.answer.results import summarize as summarize
from halys.answer.results import who_pays as who_pays
