"""Subjects of NATS, and the streams of JetStream that keep their messages."""
