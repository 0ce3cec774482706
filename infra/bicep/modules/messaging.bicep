param name string
param location string
param sku string
param storageName string
param inputContainer string
param convertUploads bool

resource bus 'Microsoft.ServiceBus/namespaces@2022-10-01-preview' = {
  name: name
  location: location
  sku: {
    name: sku
  }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: true
  }
}

resource jobs 'Microsoft.ServiceBus/namespaces/queues@2022-10-01-preview' = {
  parent: bus
  name: 'jobs'
  properties: {
    // The longest that Service Bus offers; the worker renews at a third of it, so a lost node's job is back in 5 minutes.
    lockDuration: 'PT5M'
    // High: the worker counts attempts without progress itself (Worker:MaxAttempts), and a long job may outlive many nodes.
    maxDeliveryCount: 100
    // A message that its sender repeats for want of an answer is one. Jobs sent again have messages of their own (docs/jobs.md).
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'P1D'
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    maxSizeInMegabytes: 5120
  }
}

resource results 'Microsoft.ServiceBus/namespaces/queues@2022-10-01-preview' = {
  parent: bus
  name: 'results'
  properties: {
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    // A result that is told twice after a crash has the same message id.
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT1H'
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource uploads 'Microsoft.EventGrid/systemTopics@2022-06-15' = if (convertUploads) {
  name: '${name}-uploads'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: storage.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

var senderRole = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39' // Azure Service Bus Data Sender

resource uploadsMaySend 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (convertUploads) {
  scope: jobs
  name: guid(jobs.id, 'uploads', senderRole)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', senderRole)
    principalId: uploads!.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource uploadsToJobs 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = if (convertUploads) {
  parent: uploads
  name: 'jobs'
  dependsOn: [uploadsMaySend]
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      // Results and checkpoints are in other containers: they must not become jobs.
      subjectBeginsWith: '/blobServices/default/containers/${inputContainer}/'
    }
    deliveryWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'ServiceBusQueue'
        properties: {
          resourceId: jobs.id
        }
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}

output name string = bus.name
output host string = '${bus.name}.servicebus.windows.net'
