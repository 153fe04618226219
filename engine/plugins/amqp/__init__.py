"""Messages of AMQP 0.9.1: RabbitMQ and others."""
