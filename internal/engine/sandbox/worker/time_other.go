//go:build !unix

package worker

import "time"

var start = time.Now()

// processTime is the time since this process began.
func processTime() time.Duration {
	return time.Since(start)
}
