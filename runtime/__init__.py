"""What runs in AWS Lambda; one bundle of this folder and its requirements serves every function."""

import gc

# Imports and first clients allocate much and free nothing: collecting meanwhile is a tenth of a cold start, in vain. What a
# request leaves behind goes by reference counts, and what does not is still collected, only less often.
gc.set_threshold(50_000, 20, 20)
