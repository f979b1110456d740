/* The bare loop in C: the same work a packet as BareLoop.cs, and nothing else. One socket, batches of 64 messages; a message is a
 * train of packets to one port: a private 12-byte header and a shared payload each, cut by UDP_SEGMENT.
 *
 *   send PORT PORTS TRAIN PACKETS PACKETS_PER_SECOND CORE      PACKETS_PER_SECOND 0: as fast as it goes
 *
 * Prints: packets sent, errors, CPU ns of the loop.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
enum { MESSAGES = 64, TRAIN_MAX = 16, HEADER = 12, PAYLOAD = 1316, HEADER_STRIDE = 32 };
#define TICK_NS (1 << 19)

static struct mmsghdr messages[MESSAGES];
static struct iovec vectors[MESSAGES * TRAIN_MAX * 2];
static struct sockaddr_in names[MESSAGES], *ports;
static uint8_t headers[MESSAGES * TRAIN_MAX][HEADER_STRIDE], payloads[TRAIN_MAX][1536];
static union { char bytes[CMSG_SPACE(2)]; struct cmsghdr align; } controls[MESSAGES];

static int64_t now_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void write_header(uint8_t *at, uint16_t sequence, uint32_t timestamp, uint32_t ssrc) {
    uint64_t head = __builtin_bswap64((uint64_t)0x80 << 56 | (uint64_t)33 << 48 | (uint64_t)sequence << 32 | timestamp);
    ssrc = __builtin_bswap32(ssrc);
    memcpy(at, &head, 8);
    memcpy(at + 8, &ssrc, 4);
}

static void write_message(int m, int port, int train, uint32_t sequence) {
    struct msghdr *h = &messages[m].msg_hdr;
    names[m] = ports[port];
    *h = (struct msghdr){.msg_name = &names[m], .msg_namelen = sizeof names[m], .msg_iov = &vectors[m * train * 2], .msg_iovlen = 2 * train};
    for (int i = 0; i < train; i++) {
        int p = m * train + i;
        write_header(headers[p], sequence + i, sequence * 90, 0xC0000000u + port);
        vectors[2 * p] = (struct iovec){headers[p], HEADER};
        vectors[2 * p + 1] = (struct iovec){payloads[i], PAYLOAD};
    }
    if (train == 1) return;
    h->msg_control = controls[m].bytes;
    h->msg_controllen = sizeof controls[m].bytes;
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    c->cmsg_level = SOL_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(2);
    *(uint16_t *)CMSG_DATA(c) = HEADER + PAYLOAD;
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    int port = atoi(argv[1]), count = atoi(argv[2]), train = atoi(argv[3]), fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    int64_t wanted = atoll(argv[4]), sent = 0, errors = 0;
    double per_second = atof(argv[5]);
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(atoi(argv[6]), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    prctl(PR_SET_TIMERSLACK, 1);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    bind(fd, (struct sockaddr *)&source, sizeof source);
    ports = calloc(count, sizeof *ports);
    for (int i = 0; i < count; i++)
        ports[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port + 2 * i), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int64_t start = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int next = 0; sent < wanted;) {
        int64_t due = start + (per_second > 0 ? (int64_t)(sent * 1e9 / per_second) : 0);
        due = (due + TICK_NS - 1) / TICK_NS * TICK_NS;
        struct timespec t = {due / 1000000000, due % 1000000000};
        if (per_second > 0) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        for (int m = 0; m < MESSAGES; m++) {
            write_message(m, next, train, (uint32_t)(sent / count));
            if (++next == count) next = 0;
        }
        for (int first = 0; first < MESSAGES;) {
            int n = sendmmsg(fd, messages + first, MESSAGES - first, MSG_DONTWAIT);
            if (n <= 0) { errors++; n = 1; }
            first += n;
        }
        sent += (int64_t)MESSAGES * train;
    }
    printf("%ld %ld %ld\n", (long)sent, (long)errors, (long)(now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu));
}
