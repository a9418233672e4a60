from libc.stdint cimport uint32_t


cdef uint32_t checksum(
    const unsigned char *text, Py_ssize_t size, uint32_t begun
) noexcept nogil
