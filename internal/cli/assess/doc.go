// Package assess finds chatbots among Kubernetes objects that are not yet declared to Chaperone: it recognizes them by what is known of
// products, says where they listen and which models they call, and writes a patch with the repairs that are safe and a draft of a
// declaration. It reviews nothing itself and reads no file and no cluster.
package assess
