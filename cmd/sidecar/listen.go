package main

import "net"

// listenOn opens the listeners that name no host of their own on the host alone. An empty host means all interfaces, as in a pod.
func listenOn(host string) func(network, address string) (net.Listener, error) {
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
