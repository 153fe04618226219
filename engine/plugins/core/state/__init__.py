"""Small maps kept between executions of a flow; superseded by the key-value tasks."""
