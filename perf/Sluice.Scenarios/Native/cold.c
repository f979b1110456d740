// cold s|n FILE…: makes the kernel forget the pages of each file; with s it writes them to the disk first. Prints how many files it was asked for.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    for (int i = 2; i < argc; i++) {
        int fd = open(argv[i], O_RDWR);
        if (fd < 0) continue; // let go meanwhile
        if (argv[1][0] == 's') fdatasync(fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    printf("%d\n", argc - 2);
    return 0;
}
