package cluster

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are chosen below every system's range for outgoing connections and below
// Kubernetes' node ports, so that neither takes one between its choice and the
// start of the program that listens there.
const (
	firstPort = 20000
	lastPort  = 29999
)

// port is a free TCP port of one address, held until release.
type port struct {
	listener net.Listener
	address  string
	number   int
}

// newPort finds and holds a free port.
func newPort(address string) (*port, error) {
	var last error
	for range 100 {
		number := firstPort + rand.IntN(lastPort-firstPort+1)
		listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(number)))
		if err == nil {
			return &port{listener: listener, address: address, number: number}, nil
		}
		last = err
	}
	return nil, errors.Join(errors.New("no free port on "+address), last)
}

// release frees the port for the program that is about to listen there. Calling
// it again does nothing.
func (p *port) release() { _ = p.listener.Close() }

func (p *port) String() string { return strconv.Itoa(p.number) }

// url is the https address of the port with a path.
func (p *port) url(path string) string {
	return "https://" + net.JoinHostPort(p.address, p.String()) + path
}
