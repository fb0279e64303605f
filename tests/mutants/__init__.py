"""What notices a planted mistake: small changes of the code, one at a time, and which layer of tests each makes fail."""
