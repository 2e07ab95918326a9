"""The half of the BatchConsumer construct that runs: parsing, outcomes, the retry schedule and the time guard."""
