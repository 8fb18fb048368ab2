package main_test

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// TestMemoryIsBounded: large requests at once do not take more than the memory of an injected sidecar, and each has a response and a record.
func TestMemoryIsBounded(t *testing.T) {
	const limit, requests = 128 << 20, 120
	p := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"content":"Hi"}}]}`)
	}), "--memory-bytes", strconv.Itoa(limit))
	records := make(chan int)
	go func() {
		// The sidecar waits when nobody reads its records.
		count := 0
		for ; count < requests; count++ {
			if _, err := p.records.ReadBytes('\n'); err != nil {
				break
			}
		}
		records <- count
	}()
	// U+FDFA is the longest character after normalization: 3 bytes become 33.
	texts := []string{strings.Repeat("\ufdfa", 340<<10), strings.Repeat("word ", 200<<10), strings.Repeat("\u6f22", 340<<10)}
	var clients sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for i := range requests {
		clients.Go(func() {
			res, err := http.Post("http://"+p.chat+bot.Path, "application/json", strings.NewReader(`{"messages":[{"content":"`+texts[i%len(texts)]+`"}]}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = res.Body.Close() }()
			mu.Lock()
			defer mu.Unlock()
			count[res.StatusCode]++
			if res.StatusCode != http.StatusOK && res.Header.Get("Retry-After") == "" {
				t.Errorf("status %d without Retry-After", res.StatusCode)
			}
		})
	}
	clients.Wait()
	if count[http.StatusOK] == 0 || count[http.StatusOK]+count[http.StatusServiceUnavailable] != requests {
		t.Errorf("statuses are %v", count)
	}
	if got := <-records; got != requests {
		t.Errorf("%d records of %d exchanges", got, requests)
	}
	if got := readPeak(t, p.cmd.Process.Pid); got > limit {
		t.Errorf("the process took %d MiB, want at most %d", got>>20, limit>>20)
	}
}

// readPeak returns the peak resident set of a process in bytes, or 0 on systems without /proc.
func readPeak(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no peak in %s", status)
	}
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
