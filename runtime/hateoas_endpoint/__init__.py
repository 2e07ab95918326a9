"""The half of the HateoasEndpoint construct that runs: hypermedia, problems, cursors, idempotency."""
