"""Safety: emergency states, their changes and escalation, the audit trail. Pure."""
