// A platform's back catalogue: mostly spot, logs kept, messaging with its own capacity.
using 'main.bicep'

param name = 'vfi'
param gpuSize = 'Standard_NC24ads_A100_v4'
param gpuNodes = 10
param spotNodes = 100
param systemSize = 'Standard_D8s_v5'
param serviceBusSku = 'Premium'
param logs = true
