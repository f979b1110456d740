// A single-producer single-consumer ring as C++ would have it: cached indices, counters alone on their cache lines.
// Two pinned threads hand over OPS items of 40 bytes, positions published once a BATCH.
//
//   ring OPS CAPACITY CORE_A CORE_B BATCH     prints: ns for all of it
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <sched.h>
#include <thread>
#include <vector>

struct Item { int64_t words[5]; };

class Ring {
public:
    explicit Ring(size_t capacity) : slots_(capacity), mask_(capacity - 1) {}

    bool try_add(const Item &item) {
        if (tail_local_ - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail_local_ - head_seen_ > mask_) {
                publish();
                return false;
            }
        }
        slots_[tail_local_++ & mask_] = item;
        return true;
    }

    void publish() { tail_.store(tail_local_, std::memory_order_release); }

    bool try_take(Item &item) {
        if (head_local_ == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head_local_ == tail_seen_) {
                release();
                return false;
            }
        }
        item = slots_[head_local_++ & mask_];
        return true;
    }

    void release() { head_.store(head_local_, std::memory_order_release); }

    bool try_write(const Item &item) {
        const bool written = try_add(item);
        if (written) publish();
        return written;
    }

    bool try_read(Item &item) {
        const bool read = try_take(item);
        if (read) release();
        return read;
    }

private:
    std::vector<Item> slots_;
    const uint64_t mask_;
    alignas(128) std::atomic<uint64_t> tail_{0};
    alignas(128) std::atomic<uint64_t> head_{0};
    alignas(128) uint64_t tail_local_ = 0, head_seen_ = 0;
    alignas(128) uint64_t head_local_ = 0, tail_seen_ = 0;
};

static void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
}

static void pause_cpu() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

// One a call, as most rings are used.
static void produce(Ring &ring, int64_t ops) {
    Item item{};
    for (item.words[0] = 0; item.words[0] < ops; item.words[0]++)
        while (!ring.try_write(item)) pause_cpu();
}

static int64_t consume(Ring &ring, int64_t ops) {
    int64_t sum = 0;
    Item item;
    for (int64_t i = 0; i < ops; i++) {
        while (!ring.try_read(item)) pause_cpu();
        sum += item.words[0];
    }
    return sum;
}

static void produce_batches(Ring &ring, int64_t ops, int64_t batch) {
    Item item{};
    for (item.words[0] = 0; item.words[0] < ops; ring.publish())
        for (int64_t end = std::min(item.words[0] + batch, ops); item.words[0] < end; item.words[0]++)
            while (!ring.try_add(item)) pause_cpu();
}

static int64_t consume_batches(Ring &ring, int64_t ops, int64_t batch) {
    int64_t sum = 0;
    Item item;
    for (int64_t i = 0; i < ops; ring.release())
        for (const int64_t end = std::min(i + batch, ops); i < end; i++) {
            while (!ring.try_take(item)) pause_cpu();
            sum += item.words[0];
        }
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    const int64_t ops = std::atoll(argv[1]);
    Ring ring(std::strtoull(argv[2], nullptr, 10));
    const int64_t batch = std::atoll(argv[5]);
    const auto start = std::chrono::steady_clock::now();
    std::thread producer([&] {
        pin(std::atoi(argv[3]));
        if (batch > 1) produce_batches(ring, ops, batch);
        else produce(ring, ops);
    });
    pin(std::atoi(argv[4]));
    const int64_t sum = batch > 1 ? consume_batches(ring, ops, batch) : consume(ring, ops);
    producer.join();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
    std::printf("%ld %ld\n", static_cast<long>(ns), static_cast<long>(sum));
}
