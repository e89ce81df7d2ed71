"""One module a subcommand of ``trainer``; none imports torch, numpy or h5py before it runs."""
