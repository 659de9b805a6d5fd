"""What stops a provider or a campaign before many readers are refused."""
