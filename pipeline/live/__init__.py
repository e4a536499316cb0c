"""The live runtime on Faust and Kafka."""
