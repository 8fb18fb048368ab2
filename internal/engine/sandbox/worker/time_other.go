//go:build !unix

package worker

import "time"

// startTime is about the time when this process started.
var startTime = time.Now()

// readProcessTime returns the elapsed time since this process started.
func readProcessTime() time.Duration {
	return time.Since(startTime)
}
