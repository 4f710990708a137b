"""What is worked out, over REST: KPIs as they were counted, and targets."""
