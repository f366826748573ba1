"""Rate limits that nothing reaches which is not about them."""

import json

from app.core.limits.policies import POLICIES

GENEROUS = {policy.name: 1_000_000 for policy in POLICIES}
GENEROUS_IN_ENVIRONMENT = json.dumps(GENEROUS)
