// Everything that vfi-worker needs in one resource group: storage, queues, upload events, identities, a cluster with GPU
// nodes that scales from zero, and a registry. docs/operate.md goes through it step by step.
targetScope = 'resourceGroup'

@description('Short name that all resources begin with.')
@minLength(3)
@maxLength(11)
param name string = 'vfi'

param location string = resourceGroup().location

@description('Virtual machine size of the GPU nodes; the subscription needs quota for it.')
param gpuSize string = 'Standard_NV36ads_A10_v5'

@description('Regular GPU nodes at most; they start from zero.')
@minValue(0)
@maxValue(1000)
param gpuNodes int = 1

@description('Spot GPU nodes at most. They cost a fraction and vanish at any time; a job loses one chunk.')
@minValue(0)
@maxValue(1000)
param spotNodes int = 4

@description('Virtual machine size of the nodes for the cluster itself.')
param systemSize string = 'Standard_D4s_v5'

@description('Namespace and service account of the Helm release: who may act as the worker.')
param workerNamespace string = 'video'
param workerServiceAccount string = 'vfi-vfi-worker'

@description('Containers that uploads and results are in.')
param inputContainer string = 'videos'
param outputContainer string = 'results'
param stateContainer string = 'vfi'

@description('Turn every upload into a job with the default settings.')
param convertUploads bool = true

@description('Days after which checkpoints that nobody came back to are deleted.')
param checkpointDays int = 30

@description('Collect the logs of containers in a Log Analytics workspace.')
param logs bool = false

@allowed(['Standard', 'Premium'])
param serviceBusSku string = 'Standard'

var suffix = uniqueString(resourceGroup().id)

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: take('${replace(name, '-', '')}${suffix}', 24)
    location: location
    containers: [inputContainer, outputContainer, stateContainer]
    checkpointPrefix: '${stateContainer}/checkpoints/'
    checkpointDays: checkpointDays
  }
}

module messaging 'modules/messaging.bicep' = {
  name: 'messaging'
  params: {
    name: '${name}-${suffix}'
    location: location
    sku: serviceBusSku
    storageName: storage.outputs.name
    inputContainer: inputContainer
    convertUploads: convertUploads
  }
}

module cluster 'modules/cluster.bicep' = {
  name: 'cluster'
  params: {
    name: '${name}-${suffix}'
    registryName: take('${replace(name, '-', '')}${suffix}', 50)
    location: location
    systemSize: systemSize
    gpuSize: gpuSize
    gpuNodes: gpuNodes
    spotNodes: spotNodes
    logs: logs
  }
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: name
    location: location
    issuer: cluster.outputs.issuer
    workerSubject: 'system:serviceaccount:${workerNamespace}:${workerServiceAccount}'
    storageName: storage.outputs.name
    serviceBusName: messaging.outputs.name
  }
}

output clusterName string = cluster.outputs.name
output registry string = cluster.outputs.registry
output accountUrl string = storage.outputs.url
output serviceBusNamespace string = messaging.outputs.host
output workerClientId string = identity.outputs.workerClientId
output scalerClientId string = identity.outputs.scalerClientId
