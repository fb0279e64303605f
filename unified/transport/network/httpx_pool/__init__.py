"""httpx2 as the client of outbound calls: its pools above connections that are guarded and watched as our own."""
