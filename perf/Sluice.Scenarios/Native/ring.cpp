// A single-producer single-consumer ring as C++ would have it: cached indices, counters alone on their cache lines.
// Two pinned threads hand over OPS items of 40 bytes.
//
//   ring OPS CAPACITY CORE_A CORE_B      prints: ns for all of it
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

    bool try_write(const Item &item) {
        if (tail_local_ - head_seen_ > mask_) {
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail_local_ - head_seen_ > mask_) return false;
        }
        slots_[tail_local_ & mask_] = item;
        tail_.store(++tail_local_, std::memory_order_release);
        return true;
    }

    bool try_read(Item &item) {
        if (head_local_ == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (head_local_ == tail_seen_) return false;
        }
        item = slots_[head_local_ & mask_];
        head_.store(++head_local_, std::memory_order_release);
        return true;
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

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    const int64_t ops = std::atoll(argv[1]);
    Ring ring(std::strtoull(argv[2], nullptr, 10));
    int64_t sum = 0;
    const auto start = std::chrono::steady_clock::now();
    std::thread producer([&] {
        pin(std::atoi(argv[3]));
        Item item{};
        for (item.words[0] = 0; item.words[0] < ops; item.words[0]++)
            while (!ring.try_write(item)) pause_cpu();
    });
    pin(std::atoi(argv[4]));
    Item item;
    for (int64_t i = 0; i < ops; i++) {
        while (!ring.try_read(item)) pause_cpu();
        sum += item.words[0];
    }
    producer.join();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
    std::printf("%ld %ld\n", static_cast<long>(ns), static_cast<long>(sum));
}
