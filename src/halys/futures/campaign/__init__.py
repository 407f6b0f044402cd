"""Campaigns: a game in quarters of support, response and the momentum of a war (`halys.futures.campaign.model`)."""

from halys.futures.campaign.model import OLDEST, Campaign, Track, no_tracks_closed
from halys.futures.campaign.named import Future, States, held, name_paths
from halys.futures.campaign.paths import Paths, simulate_paths
from halys.futures.campaign.solve import CampaignPlay, Policy, solve_campaign

__all__ = [
    "OLDEST",
    "Campaign",
    "CampaignPlay",
    "Future",
    "Paths",
    "Policy",
    "States",
    "Track",
    "held",
    "name_paths",
    "no_tracks_closed",
    "simulate_paths",
    "solve_campaign",
]
