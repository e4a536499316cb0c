import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams: {@code KafkaStreamsJob SERVERS TOPIC NAME FOLDER GUARANTEE STORE}, until SIGTERM.
 *
 * <p>GUARANTEE is {@code exactly_once_v2} (changelog and offsets in one transaction a second) or
 * {@code at_least_once}; STORE is {@code memory} or {@code rocksdb}. A cache before the store lets
 * only the last total of each key of a second go to the changelog.
 */
public final class KafkaStreamsJob {
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Review(int rating) {}

  public static void main(String[] args) throws InterruptedException {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[2]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[4]);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    config.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    config.put(StreamsConfig.consumerPrefix("max.poll.records"), 4_000);
    config.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");

    ObjectReader reader = new ObjectMapper().readerFor(Review.class);
    boolean inMemory = args[5].equals("memory");
    Materialized<Bytes, byte[], KeyValueStore<Bytes, byte[]>> store =
        Materialized.<Bytes, byte[]>as(
                inMemory
                    ? Stores.inMemoryKeyValueStore("totals")
                    : Stores.persistentKeyValueStore("totals"))
            .withKeySerde(Serdes.Bytes())
            .withValueSerde(Serdes.ByteArray())
            .withCachingEnabled();
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args[1], Consumed.with(Serdes.Bytes(), Serdes.ByteArray()))
        .groupByKey()
        .aggregate(
            () -> new byte[2 * Long.BYTES], (key, raw, total) -> add(reader, raw, total), store);

    KafkaStreams streams = new KafkaStreams(builder.build(config), config);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  streams.close();
                  ended.countDown();
                }));
    streams.start();
    ended.await();
  }

  private static byte[] add(ObjectReader reader, byte[] raw, byte[] total) {
    try {
      Review review = reader.readValue(raw);
      ByteBuffer before = ByteBuffer.wrap(total);
      return ByteBuffer.allocate(total.length)
          .putLong(before.getLong() + 1)
          .putLong(before.getLong() + review.rating())
          .array();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private KafkaStreamsJob() {}
}
