package sidecarconfig

import (
	"errors"
	"fmt"
	"slices"
)

// WithUpstreams returns the configuration with the app's port numbers filled in. The argument numbers maps the name of a governed port to the
// number (1 to 65535) on which the app listens, which takes precedence over the file. It returns an error for a port that has no
// number in either, and for a number out of bounds. It ignores names that the configuration does not have, because a reload may
// have removed the port.
func (c Config) WithUpstreams(numbers map[string]int32) (Config, error) {
	var p problems
	c.Ports = slices.Clone(c.Ports)
	for i := range c.Ports {
		port := &c.Ports[i]
		at := fmt.Sprintf("ports[%d].upstream", i)
		number, given := numbers[port.Name]
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
