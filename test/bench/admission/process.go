package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	admissionv1 "k8s.io/api/admission/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// variant is one server and what is sent to it.
type variant struct {
	name string
	kind string
	// fresh sends every pod with a template of its own. isMixed sends pods of all declarations and mixedTemplates templates in turn, and one of
	// every newEvery with a template that was never seen. Otherwise, all pods are of one declaration and one template.
	fresh, isMixed bool
	// bar is the ratio to the no-op that it must reach; 0 for the no-op itself.
	bar float64

	process *exec.Cmd
	address string
	client  *http.Client
	number  atomic.Uint32
}

// start runs the variant's server as a process of its own and waits until it answers TLS.
func (v *variant) start(ctx context.Context, certificates string, roots *x509.CertPool) error {
	var err error
	if v.address, err = proc.FreeAddress(); err != nil {
		return err
	}
	v.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: 16,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
	}}
	v.process = exec.CommandContext(ctx, os.Args[0], "-serve", v.kind, "-listen", v.address, "-certificates", certificates)
	v.process.Stderr = os.Stderr
	if err := v.process.Start(); err != nil {
		return fmt.Errorf("start server %s: %w", v.name, err)
	}
	for range 200 {
		connection, err := tls.Dial("tcp", v.address, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13})
		if err == nil {
			return connection.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("server %s does not answer", v.name)
}

// stop ends the process and reports what it could not.
func (v *variant) stop() error {
	if v.process == nil || v.process.Process == nil {
		return nil
	}
	if err := v.process.Process.Kill(); err != nil {
		return fmt.Errorf("stop server %s: %w", v.name, err)
	}
	_ = v.process.Wait() // Killed: its status says nothing.
	return nil
}

// ask sends one body and returns the answer.
func (v *variant) ask(ctx context.Context, body []byte) (*admissionv1.AdmissionResponse, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+v.address+contract.PathValidatePods, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := v.client.Do(request)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(data, &review); err != nil || review.Response == nil {
		return nil, fmt.Errorf("no AdmissionReview (code %d): %w", response.StatusCode, err)
	}
	return review.Response, nil
}

// The mix of a cluster with many chatbots: each declaration has several templates.
const (
	mixedDeclarations = 40
	mixedTemplates    = 200
	newEvery          = 10
)

// next returns the body of the next request, made of one of the bodies: always another name and uid, and another template if the variant wants
// it.
func (v *variant) next(bodies ...[]byte) []byte {
	number := v.number.Add(1)
	switch {
	case v.fresh || (v.isMixed && number%newEvery == 0):
		return fill(bodies[int(number)%len(bodies)], number, number+mixedTemplates)
	case v.isMixed:
		// The numbers that are left step through all pairs of a body and a template.
		turn := number - number/newEvery
		return fill(bodies[int(turn)%len(bodies)], number, turn%mixedTemplates)
	}
	return fill(bodies[0], number, 0)
}

// load sends the requests with so many at once, and fails when one is not allowed.
func (v *variant) load(ctx context.Context, reviews [][]byte, requests, concurrency int) error {
	var wait sync.WaitGroup
	failures := make([]error, concurrency)
	for worker := range concurrency {
		wait.Go(func() {
			for range requests / concurrency {
				response, err := v.ask(ctx, v.next(reviews...))
				if err == nil && !response.Allowed {
					err = fmt.Errorf("%s refuses the good pod: %s", v.name, response.Result.Message)
				}
				if err != nil {
					failures[worker] = err
					return
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}

// lookups returns the hits and misses of the cache of pod decisions.
func (v *variant) lookups(ctx context.Context) (hits, misses int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+v.address+metricsPath, nil)
	if err != nil {
		return 0, 0, err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	data, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(data)) {
		_, err1 := fmt.Sscanf(line, `chaperone_admission_cache_lookups_total{cache="workload",result="hit"} %d`, &hits)
		_, err2 := fmt.Sscanf(line, `chaperone_admission_cache_lookups_total{cache="workload",result="miss"} %d`, &misses)
		_, _ = err1, err2 // Lines of other metrics match neither.
	}
	return hits, misses, nil
}
