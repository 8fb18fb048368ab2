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

// port is a free TCP port on 127.0.0.1, held until release.
type port struct {
	listener net.Listener
	number   int
}

// newPort finds and holds a free port.
func newPort() (*port, error) {
	var last error
	for range 100 {
		number := firstPort + rand.IntN(lastPort-firstPort+1)
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(number))
		if err == nil {
			return &port{listener: listener, number: number}, nil
		}
		last = err
	}
	return nil, errors.Join(errors.New("no free port on 127.0.0.1"), last)
}

// release frees the port for the program that is about to listen there. Calling
// it again does nothing.
func (p *port) release() { _ = p.listener.Close() }

func (p *port) String() string { return strconv.Itoa(p.number) }

// url is the https address of the port with a path.
func (p *port) url(path string) string { return "https://127.0.0.1:" + p.String() + path }
