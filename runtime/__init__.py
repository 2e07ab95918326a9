"""What runs in AWS Lambda; one bundle of this folder and its requirements serves every function."""
