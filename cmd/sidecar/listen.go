package main

import "net"

// makeListen returns a function that listens on the host when an address names none. An empty host means all interfaces.
func makeListen(host string) func(network, address string) (net.Listener, error) {
	return func(network, address string) (net.Listener, error) {
		own, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if own == "" {
			address = net.JoinHostPort(host, port)
		}
		return net.Listen(network, address)
	}
}
