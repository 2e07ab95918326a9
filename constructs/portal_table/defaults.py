"""The opinions on the table."""

from aws_cdk import aws_dynamodb as dynamodb

BILLING = dynamodb.BillingMode.PAY_PER_REQUEST
STREAM = dynamodb.StreamViewType.NEW_AND_OLD_IMAGES
ENCRYPTION = dynamodb.TableEncryption.AWS_MANAGED
TTL_ATTRIBUTE = "ttl"
RECOVERY_DAYS = 35
INDEXES = ("GSI1", "GSI2")
