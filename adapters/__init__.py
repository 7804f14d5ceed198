"""The outside world behind the ports of `chat`: the model server and the event buses."""
