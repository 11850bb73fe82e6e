"""The compiled engine: a network becomes machine code for the processor it runs on."""
