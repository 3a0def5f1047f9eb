"""What is stored about a device: the format of its state, its log, the files of its certificate."""
