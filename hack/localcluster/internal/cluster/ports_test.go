package cluster

import (
	"net"
	"testing"
)

func TestPortIsHeldUntilItIsReleased(t *testing.T) {
	p, err := newPort(loopback)
	if err != nil {
		t.Fatal(err)
	}
	if p.number < firstPort || p.number > lastPort {
		t.Errorf("port %d is outside %d-%d", p.number, firstPort, lastPort)
	}
	address := net.JoinHostPort("127.0.0.1", p.String())
	if other, err := net.Listen("tcp", address); err == nil {
		_ = other.Close()
		t.Errorf("%s could be taken before its release", address)
	}
	p.release()
	other, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	_ = other.Close()
}
