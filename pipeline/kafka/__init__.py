"""Around the stream: topics, producing event files, reading alerts. The worker is pipeline.live."""
