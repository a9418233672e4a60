"""The ways by which a message leaves: Apprise, Alertmanager, a signed webhook."""
