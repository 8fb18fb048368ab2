// Command samplebot serves the sample chatbot of the demo.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "listen address")
	cut := flag.Int("cut", 0, "stream in pieces of this many bytes; 0 streams word by word")
	pause := flag.Duration("pause", 0, "time between two pieces of a stream")
	flag.Parse()
	if err := serve(*listen, bot.Options{CutBytes: *cut, Pause: *pause}); err != nil {
		fmt.Fprintln(os.Stderr, "samplebot:", err)
		os.Exit(1)
	}
}

func serve(address string, o bot.Options) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Println("samplebot listens on", listener.Addr())
	server := &http.Server{Handler: bot.Handler(o), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}
