// Package facts turns Kubernetes objects into what rules read: the input of each decision, and what is measured of the texts
// in it. It is pure, and it judges nothing.
package facts
