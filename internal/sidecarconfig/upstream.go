package sidecarconfig

import (
	"errors"
	"fmt"
	"slices"
)

// WithUpstreams returns the configuration with the port numbers of the app filled in: numbers maps the name of a governed port to
// the number (1 to 65535) on which the app listens, and wins over the file. A port with neither is an error, and so is a number
// out of bounds. Names that the configuration does not have are ignored: after a reload a port may be gone.
func (c Config) WithUpstreams(numbers map[string]int32) (Config, error) {
	var p problems
	c.Ports = slices.Clone(c.Ports)
	for i := range c.Ports {
		port := &c.Ports[i]
		at := fmt.Sprintf("ports[%d].upstream", i)
		number, given := numbers[port.Name]
		if given {
			p.bounds(at, int64(number), 1, 65535)
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
