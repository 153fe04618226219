"""Topics of Apache Kafka, and of brokers that speak its protocol."""
