/* A constant or bursty RTP source: packets of one size to one loopback port, on an absolute schedule, until SIGTERM. Then it
 * prints how many it sent.
 *
 *   source PORT PACKETS_PER_SECOND PAYLOAD_BYTES BURST CORE [PERIOD_NS PHASE_NS]
 *
 * The first packet is due at once, or at the next instant that is PHASE_NS past a multiple of PERIOD_NS.
 * Payload: index and scheduled time (CLOCK_MONOTONIC, ns), 8 bytes each, host order. The packets of a burst share a timestamp.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { BURST_MAX = 256, HEADER = 12, CLOCK_RATE = 90000 };

static uint8_t packets[BURST_MAX][2048];
static struct mmsghdr messages[BURST_MAX];
static struct iovec vectors[BURST_MAX];
static volatile sig_atomic_t stopping;

static void stop(int signal) {
    (void)signal;
    stopping = 1;
}

static void write_packet(uint8_t *p, uint64_t index, int64_t due_ns) {
    uint16_t sequence = htons((uint16_t)index);
    uint32_t timestamp = htonl((uint32_t)(due_ns / 1000 * CLOCK_RATE / 1000000)), ssrc = htonl(0x51a1ce);
    p[0] = 0x80;
    p[1] = 33;
    memcpy(p + 2, &sequence, 2);
    memcpy(p + 4, &timestamp, 4);
    memcpy(p + 8, &ssrc, 4);
    memcpy(p + HEADER, &index, 8);
    memcpy(p + HEADER + 8, &due_ns, 8);
}

int main(int argc, char **argv) {
    if (argc != 6 && argc != 8) return 2;
    double per_second = atof(argv[2]);
    int payload = atoi(argv[3]), burst = atoi(argv[4]), fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(atoi(argv[5]), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    prctl(PR_SET_TIMERSLACK, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a source that outlives its run would be the next run's foreign sender */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    for (int i = 0; i < BURST_MAX; i++) {
        vectors[i] = (struct iovec){packets[i], HEADER + payload};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    signal(SIGTERM, stop);
    uint64_t sent = 0;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t start_ns = t.tv_sec * 1000000000LL + t.tv_nsec;
    if (argc == 8) start_ns += atoll(argv[6]) - start_ns % atoll(argv[6]) + atoll(argv[7]);
    for (; !stopping; sent += burst) {
        int64_t due_ns = start_ns + (int64_t)(sent * 1e9 / per_second);
        t = (struct timespec){due_ns / 1000000000, due_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        for (int i = 0; i < burst; i++) write_packet(packets[i], sent + i, due_ns);
        for (int done = 0, n; done < burst; done += n)
            if ((n = sendmmsg(fd, messages + done, burst - done, 0)) < 0) n = 1;
    }
    printf("%lu\n", sent);
}
