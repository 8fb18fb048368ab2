package main

import "net"

// makeListen returns a function like net.Listen that uses the host for addresses without one. An empty host means all interfaces.
func makeListen(host string) func(network, address string) (net.Listener, error) {
	return func(network, address string) (net.Listener, error) {
		addressHost, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if addressHost == "" {
			address = net.JoinHostPort(host, port)
		}
		return net.Listen(network, address)
	}
}
