// Two identities with no more rights than they use: the worker's, and the scaler's, which alone may read the queue's length.
param name string
param location string
param issuer string
param workerSubject string
param storageName string
param serviceBusName string

var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  busReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0' // Azure Service Bus Data Receiver
  busSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39' // Azure Service Bus Data Sender
  busOwner: '090c5cfd-751d-490a-894a-3ce6f1109419' // Azure Service Bus Data Owner
}

resource worker 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-worker'
  location: location
}

resource workerPod 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: worker
  name: 'pod'
  properties: {
    issuer: issuer
    subject: workerSubject
    audiences: ['api://AzureADTokenExchange']
  }
}

resource scaler 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-scaler'
  location: location
}

resource scalerPod 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: scaler
  name: 'keda'
  properties: {
    issuer: issuer
    subject: 'system:serviceaccount:kube-system:keda-operator'
    audiences: ['api://AzureADTokenExchange']
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource bus 'Microsoft.ServiceBus/namespaces@2022-10-01-preview' existing = {
  name: serviceBusName

  resource jobs 'queues' existing = {
    name: 'jobs'
  }

  resource results 'queues' existing = {
    name: 'results'
  }
}

resource workerBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, worker.id, roles.blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
    principalId: worker.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource workerReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: bus::jobs
  name: guid(bus.id, 'jobs', worker.id, roles.busReceiver)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.busReceiver)
    principalId: worker.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource workerTellsResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: bus::results
  name: guid(bus.id, 'results', worker.id, roles.busSender)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.busSender)
    principalId: worker.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

resource scalerCounts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: bus::jobs
  name: guid(bus.id, 'jobs', scaler.id, roles.busOwner)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.busOwner)
    principalId: scaler.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

output workerClientId string = worker.properties.clientId
output scalerClientId string = scaler.properties.clientId
