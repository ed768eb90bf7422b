// Files that HDF5 writes through, and that never fail towards it.
#pragma once
#include <hdf5.h>

namespace scaffold::h5 {

/// Lets files that are made with this access list write by our driver. What the system refuses (a full disk)
/// is put into `*error`, an error number that is 0 at first and outlives the file, and from then on nothing
/// is written: libhdf5 hears of no failure, since releases from 1.14 on crash in H5Fclose() after one
/// (1.14.5). Whether the list could be changed.
bool set_write_driver(hid_t access, int* error);

}  // namespace scaffold::h5
