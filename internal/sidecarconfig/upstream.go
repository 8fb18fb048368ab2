package sidecarconfig

import (
	"errors"
	"fmt"
	"slices"
)

// WithUpstreams returns a copy of the configuration in which every port has an upstream. portNumbers maps the name of a declared port
// to the number of the port on which the app listens, 1 to 65535. A number takes precedence over the Upstream in the file. It is an
// error if a port has neither, or if a number is out of bounds. WithUpstreams ignores names that the configuration does not have,
// because a reload may have removed the port.
func (c Config) WithUpstreams(portNumbers map[string]int32) (Config, error) {
	var p problems
	c.Ports = slices.Clone(c.Ports)
	for i := range c.Ports {
		port := &c.Ports[i]
		at := fmt.Sprintf("ports[%d].upstream", i)
		number, given := portNumbers[port.Name]
		if given {
			p.checkBounds(at, int64(number), 1, 65535)
			port.Upstream = fmt.Sprintf("http://127.0.0.1:%d", number)
		}
		if port.Upstream == "" {
			p.add(at, "is empty and no argument --upstream %s=<port> gives it", port.Name)
		}
	}
	if len(p) > 0 {
		return Config{}, errors.Join(p...)
	}
	return c, nil
}
